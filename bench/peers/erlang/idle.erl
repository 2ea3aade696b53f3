%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I8-bytes: the memory of idle processes with one number as their state, each of which
%% has handled one message. Forms: `default` and `hibernate` (each shrinks to the least it needs).
-module(idle).
-export([main/0, wait/2]).

main() -> bench_program:run(1000000, fun make/2).

make(Count, Form) ->
    Referee = self(),
    Before = bench_program:rss_bytes(),
    Body = case Form of
        "hibernate" -> fun() -> erlang:hibernate(?MODULE, wait, [Referee, hibernate]) end;
        _ -> fun() -> wait(Referee, default) end
    end,
    make_all(Body, 0, Count),
    Sum = bench_program:countdown(Count),
    Each = (bench_program:rss_bytes() - Before) / Count,
    {Count, Sum =:= Count * (Count - 1) div 2, [{bytes_each, Each}]}.

make_all(_, Count, Count) -> ok;
make_all(Body, Number, Count) ->
    spawn(Body) ! {number, Number},
    make_all(Body, Number + 1, Count).

wait(Referee, Form) ->
    receive
        {number, N} ->
            Referee ! {done, N},
            idle(N, Form)
    end.

idle(State, hibernate) -> erlang:hibernate(?MODULE, wait, [State, hibernate]);
idle(State, default) -> receive {number, _} -> State end.
