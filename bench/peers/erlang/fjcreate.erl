%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-fjcreate: a process makes others and tells each a number; they work a little and
%% stop.
-module(fjcreate).
-export([main/0]).

-define(COST, 100).

main() -> bench_program:run(40000, fun(Count, _) -> make(Count) end).

make(Count) ->
    Referee = self(),
    {Sum, Seconds} = bench_program:timed(fun() ->
        make(Referee, 0, Count),
        bench_program:countdown(Count)
    end),
    Expected = lists:sum([bench_program:work(I, ?COST) || I <- lists:seq(0, Count - 1)]),
    {Count, Sum =:= Expected, [{seconds, Seconds}]}.

make(_, Count, Count) -> ok;
make(Referee, Number, Count) ->
    spawn(fun() -> short_lived(Referee) end) ! {number, Number},
    make(Referee, Number + 1, Count).

short_lived(Referee) ->
    receive {number, N} -> Referee ! {done, bench_program:work(N, ?COST)} end.
