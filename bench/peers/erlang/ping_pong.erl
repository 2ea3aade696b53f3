%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I1: two processes, one message in flight.
-module(ping_pong).
-export([main/0]).

main() -> bench_program:run(4000000, fun(Count, _) -> play(Count) end).

play(Count) ->
    Self = self(),
    Left = spawn_link(fun() -> wait_for_other(Self) end),
    Right = spawn_link(fun() -> wait_for_other(Self) end),
    Left ! {start, Right},
    Right ! {start, Left},
    Left ! {ball, Count},
    Sum = lists:sum([receive {received, From, N} -> N end || From <- [Left, Right]]),
    {Count, Sum =:= Count}.

wait_for_other(Referee) ->
    receive {start, Other} -> player(Other, Referee, 0) end.

player(Other, Referee, Received) ->
    receive
        {ball, Left} when Left > 1 ->
            Other ! {ball, Left - 1},
            player(Other, Referee, Received + 1);
        {ball, 1} ->
            Other ! stop,
            Referee ! {received, self(), Received + 1};
        stop ->
            Referee ! {received, self(), Received}
    end.
