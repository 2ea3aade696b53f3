%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I8: a process makes many, tells each a number and they stop.
-module(spawn_many).
-export([main/0]).

main() -> bench_program:run(1000000, fun(Count, _) -> make(Count) end).

make(Count) ->
    Referee = self(),
    spawn_link(fun() -> make(Referee, 0, Count) end),
    {Count, bench_program:countdown(Count) =:= Count * (Count - 1) div 2}.

make(_, Count, Count) -> ok;
make(Referee, Number, Count) ->
    spawn(fun() -> receive {number, N} -> Referee ! {done, N} end end) ! {number, Number},
    make(Referee, Number + 1, Count).
