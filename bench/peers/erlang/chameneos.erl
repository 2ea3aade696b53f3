%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I7: chameneos. A creature asks the mall for another; the mall hands the later of two
%% to the earlier; they change their colours and ask again.
-module(chameneos).
-export([main/0]).

main() ->
    bench_program:run(200000, fun(Count, _) -> play(Count, bench_program:size(100)) end).

play(Count, Size) ->
    Self = self(),
    spawn_link(fun() -> Self ! {done, mall(Count, Size)} end),
    {Count, bench_program:countdown(1) =:= 2 * Count}.

mall(Count, Size) ->
    Self = self(),
    [spawn_link(fun() -> creature(Self, I rem 3) end) || I <- lists:seq(0, Size - 1)],
    meetings(Count, nobody),
    [receive {meet, Creature, _} -> Creature ! closed end || _ <- lists:seq(1, Size)],
    bench_program:countdown(Size).

meetings(0, _) -> ok;
meetings(Left, nobody) -> receive {meet, From, _} -> meetings(Left, From) end;
meetings(Left, Waiting) ->
    receive
        {meet, From, Colour} ->
            Waiting ! {meeting, From, Colour},
            meetings(Left - 1, nobody)
    end.

creature(Mall, Colour) ->
    Mall ! {meet, self(), Colour},
    creature(Mall, Colour, 0).

creature(Mall, Colour, Meetings) ->
    receive
        {meeting, Other, Theirs} ->
            New = complement(Colour, Theirs),
            Other ! {change, New},
            Mall ! {meet, self(), New},
            creature(Mall, New, Meetings + 1);
        {change, New} ->
            Mall ! {meet, self(), New},
            creature(Mall, New, Meetings + 1);
        closed ->
            Mall ! {done, Meetings}
    end.

complement(Colour, Colour) -> Colour;
complement(A, B) -> 3 - A - B.
