%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-nqueens: a master deals boards to twenty workers in turn. A worker splits a board
%% of fewer than four queens into boards of one more, and solves the others.
-module(nqueens).
-export([main/0]).

-define(THRESHOLD, 4).
-define(WORKERS, 20).

main() -> bench_program:run(1, fun(_, _) -> solve(bench_program:size(14)) end).

solve(Size) ->
    Self = self(),
    spawn_link(fun() -> Self ! {done, master(Size)} end),
    {1, bench_program:countdown(1) =:= known(Size)}.

known(8) -> 92;
known(10) -> 724;
known(12) -> 14200;
known(13) -> 73712;
known(14) -> 365596;
known(15) -> 2279184.

master(Size) ->
    Self = self(),
    All = (1 bsl Size) - 1,
    Workers = [spawn_link(fun() -> worker(Self, Size, All) end) || _ <- lists:seq(1, ?WORKERS)],
    self() ! {job, 0, 0, 0, 0},
    deal(list_to_tuple(Workers), 0, 1, 0).

%% Open: how many boards are not done, among them those that are on their way to this process.
deal(_, _, 0, Solutions) -> Solutions;
deal(Workers, Next, Open, Solutions) ->
    receive
        {job, _, _, _, _} = Job ->
            element(Next + 1, Workers) ! Job,
            deal(Workers, (Next + 1) rem ?WORKERS, Open, Solutions);
        {split, Boards} -> deal(Workers, Next, Open - 1 + Boards, Solutions);
        {solved, Found} -> deal(Workers, Next, Open - 1, Solutions + Found)
    end.

worker(Master, Size, All) ->
    receive
        {job, Columns, Left, Right, Row} when Row >= ?THRESHOLD ->
            Master ! {solved, solutions(All, Columns, Left, Right, Size - Row)},
            worker(Master, Size, All);
        {job, Columns, Left, Right, Row} ->
            Free = All band (bnot (Columns bor Left bor Right)),
            Boards = split(Master, Free, Columns, Left, Right, Row + 1, 0),
            Master ! {split, Boards},
            worker(Master, Size, All)
    end.

split(_, 0, _, _, _, _, Boards) -> Boards;
split(Master, Free, Columns, Left, Right, Row, Boards) ->
    Queen = Free band -Free,
    Master ! {job, Columns bor Queen, (Left bor Queen) bsl 1, (Right bor Queen) bsr 1, Row},
    split(Master, Free band (Free - 1), Columns, Left, Right, Row, Boards + 1).

solutions(_, _, _, _, 0) -> 1;
solutions(All, Columns, Left, Right, Rows) ->
    places(All band (bnot (Columns bor Left bor Right)), All, Columns, Left, Right, Rows - 1, 0).

places(0, _, _, _, _, _, Count) -> Count;
places(Free, All, Columns, Left, Right, Rows, Count) ->
    Queen = Free band -Free,
    Found = solutions(All, Columns bor Queen, (Left bor Queen) bsl 1, (Right bor Queen) bsr 1,
                      Rows),
    places(Free band (Free - 1), All, Columns, Left, Right, Rows, Count + Found).
