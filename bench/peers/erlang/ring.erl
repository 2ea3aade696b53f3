%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I3: a token goes round a ring of processes.
-module(ring).
-export([main/0]).

main() -> bench_program:run(4000000, fun(Count, _) -> ring(Count, bench_program:size(100)) end).

ring(Count, Size) ->
    Hops = max(1, Count div Size) * Size,
    Self = self(),
    %% From the last to the first, whom the last one learns by a message.
    Last = spawn_link(fun() -> receive {next, Next} -> link(Size - 1, Next, Self) end end),
    First = lists:foldl(fun(I, Next) -> spawn_link(fun() -> link(I, Next, Self) end) end,
                        Last, lists:seq(Size - 2, 0, -1)),
    Last ! {next, First},
    Start = erlang:monotonic_time(nanosecond),
    First ! {token, Hops, 0},
    Sum = bench_program:countdown(1),
    Seconds = (erlang:monotonic_time(nanosecond) - Start) / 1.0e9,
    {Hops, Sum =:= Hops div Size * (Size * (Size - 1) div 2), [{seconds, Seconds}]}.

link(Number, Next, Referee) ->
    receive
        {token, 1, Sum} ->
            Referee ! {done, Sum + Number},
            link(Number, Next, Referee);
        {token, Left, Sum} ->
            Next ! {token, Left - 1, Sum + Number},
            link(Number, Next, Referee)
    end.
