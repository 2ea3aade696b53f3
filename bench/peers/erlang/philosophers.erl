%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-philosophers: twenty ask an arbiter for two forks each; who is refused asks again.
-module(philosophers).
-export([main/0]).

main() -> bench_program:run(200000, fun(Count, _) -> dine(Count, bench_program:size(20)) end).

dine(Count, Seats) ->
    Rounds = max(1, Count div Seats),
    Referee = self(),
    Arbiter = spawn_link(fun() -> arbiter(Seats, #{}) end),
    [spawn_link(fun() -> philosopher(I, Rounds, Arbiter, Referee) end)
     || I <- lists:seq(0, Seats - 1)],
    Sum = bench_program:countdown(Seats),
    Arbiter ! {taken, self()},
    Taken = receive {taken_forks, N} -> N end,
    {Seats * Rounds, Sum =:= Seats * Rounds andalso Taken =:= 0}.

arbiter(Seats, Taken) ->
    receive
        {hungry, Left, Who} ->
            Right = (Left + 1) rem Seats,
            case Taken of
                #{Left := _} -> Who ! refused, arbiter(Seats, Taken);
                #{Right := _} -> Who ! refused, arbiter(Seats, Taken);
                _ -> Who ! eat, arbiter(Seats, Taken#{Left => true, Right => true})
            end;
        {sated, Left} ->
            arbiter(Seats, maps:remove(Left, maps:remove((Left + 1) rem Seats, Taken)));
        {taken, Who} -> Who ! {taken_forks, map_size(Taken)}
    end.

philosopher(Seat, Rounds, Arbiter, Referee) ->
    eat(Seat, Rounds, Arbiter),
    Referee ! {done, Rounds}.

eat(_, 0, _) -> ok;
eat(Seat, Left, Arbiter) ->
    Arbiter ! {hungry, Seat, self()},
    receive
        eat ->
            Arbiter ! {sated, Seat},
            eat(Seat, Left - 1, Arbiter);
        refused -> eat(Seat, Left, Arbiter)
    end.
