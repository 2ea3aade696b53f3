%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I2: pairs of processes; in each a client keeps a hundred messages under way to an
%% echo.
-module(windowed).
-export([main/0]).

-define(WINDOW, 100).

main() -> bench_program:run(4000000, fun(Count, _) -> play(Count, bench_program:size(1)) end).

play(Count, Pairs) ->
    Each = (Count + 2 * Pairs - 1) div (2 * Pairs),
    Self = self(),
    [spawn_link(fun() -> client(Self, Each) end) || _ <- lists:seq(1, Pairs)],
    Sum = bench_program:countdown(Pairs),
    {2 * Pairs * Each, Sum =:= Pairs * (Each * (Each - 1) div 2)}.

client(Referee, Count) ->
    Self = self(),
    Echo = spawn_link(fun() -> echo(Self) end),
    Sent = min(?WINDOW, Count),
    [Echo ! {ball, I} || I <- lists:seq(0, Sent - 1)],
    Referee ! {done, rally(Echo, Sent, Count, Count, 0)}.

rally(_, _, _, 0, Sum) -> Sum;
rally(Echo, Count, Count, Left, Sum) ->
    receive {ball, N} -> rally(Echo, Count, Count, Left - 1, Sum + N) end;
rally(Echo, Sent, Count, Left, Sum) ->
    receive
        {ball, N} ->
            Echo ! {ball, Sent},
            rally(Echo, Sent + 1, Count, Left - 1, Sum + N)
    end.

echo(Client) ->
    receive
        {ball, N} ->
            Client ! {ball, N},
            echo(Client)
    end.
