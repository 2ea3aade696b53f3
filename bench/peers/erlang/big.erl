%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I6: each of 120 processes pings a random one, waits for its pong, pings the next.
-module(big).
-export([main/0]).

main() -> bench_program:run(4800000, fun(Count, _) -> play(Count, bench_program:size(120)) end).

play(Count, Size) ->
    Pings = max(1, Count div (2 * Size)),
    Self = self(),
    Players = [spawn_link(fun() -> wait(I, Pings, Self) end) || I <- lists:seq(0, Size - 1)],
    Neighbours = list_to_tuple(Players),
    [P ! {start, Neighbours} || P <- Players],
    Sum = bench_program:countdown(Size),
    {2 * Size * Pings, Sum =:= Size * (Pings * (Pings + 1) div 2)}.

wait(Seed, Pings, Referee) ->
    receive
        {start, Neighbours} ->
            player(Neighbours, send(Neighbours, Seed, Pings), Pings, 0, Referee)
    end.

send(Neighbours, Random, Number) ->
    Next = bench_program:random(Random),
    element(1 + Next rem tuple_size(Neighbours), Neighbours) ! {ping, Number, self()},
    Next.

player(Neighbours, Random, Left, Sum, Referee) ->
    receive
        {ping, Number, From} ->
            From ! {pong, Number},
            player(Neighbours, Random, Left, Sum, Referee);
        {pong, Number} when Left > 1 ->
            Next = send(Neighbours, Random, Left - 1),
            player(Neighbours, Next, Left - 1, Sum + Number, Referee);
        {pong, Number} ->
            Referee ! {done, Sum + Number},
            player(Neighbours, Random, 0, 0, Referee)
    end.
