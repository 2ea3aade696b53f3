%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-concdict: twenty processes read and, one time in ten, write a dictionary that is a
%% process; each waits for its answer. Forms: a `map`, and an `ets` table of the dictionary's own.
-module(concdict).
-export([main/0]).

main() ->
    bench_program:run(400000, fun(Count, Form) -> use(Count, Form, bench_program:size(20)) end).

use(Count, Form, Size) ->
    Each = max(1, Count div Size),
    Self = self(),
    Dictionary = spawn_link(fun() ->
        Values = [{I, I} || I <- lists:seq(0, 65535)],
        Self ! ready,
        case Form of
            "ets" ->
                Table = ets:new(values, [private]),
                ets:insert(Table, Values),
                table(Table);
            _ -> map(maps:from_list(Values))
        end
    end),
    receive ready -> ok end,
    Clients = [spawn_link(fun() -> client(I, Each, Dictionary, Self) end)
               || I <- lists:seq(0, Size - 1)],
    {Good, Seconds} = bench_program:timed(fun() ->
        [C ! start || C <- Clients],
        bench_program:countdown(Size)
    end),
    {Size * Each, Good =:= Size * Each, [{seconds, Seconds}]}.

map(Values) ->
    receive
        {read, Key, From} ->
            From ! {answer, map_get(Key, Values)},
            map(Values);
        {write, Key, Value, From} ->
            From ! {answer, Value},
            map(Values#{Key => Value})
    end.

table(Values) ->
    receive
        {read, Key, From} ->
            [{_, Value}] = ets:lookup(Values, Key),
            From ! {answer, Value},
            table(Values);
        {write, Key, Value, From} ->
            ets:insert(Values, {Key, Value}),
            From ! {answer, Value},
            table(Values)
    end.

client(Seed, Requests, Dictionary, Referee) ->
    receive start -> ok end,
    Referee ! {done, requests(Seed, Requests, Dictionary, 0)}.

requests(_, 0, _, Good) -> Good;
requests(Random, Left, Dictionary, Good) ->
    Chance = bench_program:random(Random),
    Key = bench_program:random(Chance),
    case Chance rem 100 < 10 of
        true -> Dictionary ! {write, Key, Key, self()};
        false -> Dictionary ! {read, Key, self()}
    end,
    receive
        {answer, Key} -> requests(Key, Left - 1, Dictionary, Good + 1);
        {answer, _} -> requests(Key, Left - 1, Dictionary, Good)
    end.
