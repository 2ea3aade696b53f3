%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I8-skynet: a tree of processes, ten children each; the leaves' numbers are added up on
%% the way back to the root.
-module(skynet).
-export([main/0]).

main() -> bench_program:run(1000000, fun(Count, _) -> grow(leaves(Count, 1)) end).

leaves(Count, Leaves) when Leaves * 10 =< Count -> leaves(Count, Leaves * 10);
leaves(_, Leaves) -> Leaves.

grow(Leaves) ->
    Self = self(),
    spawn(fun() -> tree(Self, 0, Leaves) end),
    {Leaves, bench_program:countdown(1) =:= Leaves * (Leaves - 1) div 2}.

tree(Parent, Number, 1) -> Parent ! {done, Number};
tree(Parent, Number, Leaves) ->
    Self = self(),
    Part = Leaves div 10,
    [spawn(fun() -> tree(Self, Number + I * Part, Part) end) || I <- lists:seq(0, 9)],
    Parent ! {done, bench_program:countdown(10)}.
