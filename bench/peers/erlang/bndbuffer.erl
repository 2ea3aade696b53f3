%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-bndbuffer: forty producers and forty consumers around a buffer of fifty items.
-module(bndbuffer).
-export([main/0]).

-define(ROOM, 50).
-define(COST, 25).  % steps of the generator, to make an item and to use it

main() -> bench_program:run(200000, fun(Count, _) -> pass(Count, bench_program:size(40)) end).

pass(Count, Size) ->
    Each = max(1, Count div Size),
    Referee = self(),
    {Sum, Seconds} = bench_program:timed(fun() ->
        Buffer = spawn_link(fun() ->
            buffer(Size, 0, {queue:new(), 0}, queue:new(), queue:new())
        end),
        [begin
             spawn_link(fun() -> producer(I * Each, (I + 1) * Each, Buffer) end),
             spawn_link(fun() -> consumer(Buffer, Referee, 0) end)
         end || I <- lists:seq(0, Size - 1)],
        bench_program:countdown(Size)
    end),
    Expected = lists:sum([use(make(I)) || I <- lists:seq(0, Size * Each - 1)]),
    {Size * Each, Sum =:= Expected, [{seconds, Seconds}]}.

make(Number) -> bench_program:work(Number, ?COST).
use(Item) -> bench_program:work(Item, ?COST).

buffer(Producers, Producers, {_, 0}, Consumers, Blocked) ->
    [C ! no_more || C <- queue:to_list(Consumers)],
    receive {hungry, Who} -> buffer(Producers, Producers, {queue:new(), 0},
                                    queue:from_list([Who]), Blocked) end;
buffer(Producers, Ended, {Items, Size}, Consumers, Blocked) ->
    receive
        {made, Item, By} ->
            {Stored, Waiting} = case queue:out(Consumers) of
                {{value, Consumer}, Rest} ->
                    Consumer ! {item, Item},
                    {{Items, Size}, Rest};
                {empty, None} -> {{queue:in(Item, Items), Size + 1}, None}
            end,
            %% A producer that works already has its place.
            case element(2, Stored) + Producers > ?ROOM of
                true -> buffer(Producers, Ended, Stored, Waiting, queue:in(By, Blocked));
                false ->
                    By ! produce,
                    buffer(Producers, Ended, Stored, Waiting, Blocked)
            end;
        {hungry, Who} when Size =:= 0 ->
            buffer(Producers, Ended, {Items, 0}, queue:in(Who, Consumers), Blocked);
        {hungry, Who} ->
            {{value, Item}, Rest} = queue:out(Items),
            Who ! {item, Item},
            case queue:out(Blocked) of
                {{value, Producer}, Others} ->
                    Producer ! produce,
                    buffer(Producers, Ended, {Rest, Size - 1}, Consumers, Others);
                {empty, None} -> buffer(Producers, Ended, {Rest, Size - 1}, Consumers, None)
            end;
        made_all -> buffer(Producers, Ended + 1, {Items, Size}, Consumers, Blocked)
    end.

producer(End, End, To) -> To ! made_all;
producer(Next, End, To) ->
    To ! {made, make(Next), self()},
    receive produce -> producer(Next + 1, End, To) end.

consumer(From, Referee, Sum) ->
    From ! {hungry, self()},
    receive
        {item, Item} -> consumer(From, Referee, Sum + use(Item));
        no_more -> Referee ! {done, Sum}
    end.
