%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I5: rounds in which one process tells each of a thousand, and all acknowledge.
-module(fan_out).
-export([main/0]).

main() -> bench_program:run(2000000, fun(Count, _) -> play(Count, bench_program:size(1000)) end).

play(Count, Size) ->
    Rounds = max(1, Count div (2 * Size)),
    Self = self(),
    spawn_link(fun() -> Self ! {done, hub(Rounds, Size)} end),
    Sum = bench_program:countdown(1),
    {2 * Rounds * Size, Sum =:= Size * (Rounds * (Rounds + 1) div 2)}.

hub(Rounds, Size) ->
    Self = self(),
    rounds(Rounds, [spawn_link(fun() -> receiver(Self) end) || _ <- lists:seq(1, Size)], Size, 0).

rounds(0, _, _, Sum) -> Sum;
rounds(Left, To, Size, Sum) ->
    tell_all(To, Left),
    rounds(Left - 1, To, Size, acks(Size, Sum)).

tell_all([], _) -> ok;
tell_all([Receiver | Rest], Round) ->
    Receiver ! {news, Round},
    tell_all(Rest, Round).

acks(0, Sum) -> Sum;
acks(Missing, Sum) -> receive {ack, Round} -> acks(Missing - 1, Sum + Round) end.

receiver(Hub) ->
    receive
        {news, Round} ->
            Hub ! {ack, Round},
            receiver(Hub)
    end.
