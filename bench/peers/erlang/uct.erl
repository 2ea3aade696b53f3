%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-uct: a tree of processes grows, as its root allows; then all of it is visited.
-module(uct).
-export([main/0]).

-define(CHILDREN, 10).
-define(COST, 100).  % steps of the generator, to visit a node

main() -> bench_program:run(50000, fun(Count, _) -> play(Count) end).

play(NodesMax) ->
    Referee = self(),
    {Sum, Seconds} = bench_program:timed(fun() ->
        spawn_link(fun() -> Referee ! {done, root(NodesMax)} end),
        bench_program:countdown(1)
    end),
    Nodes = grown(?CHILDREN, 0, 7, NodesMax),
    Expected = lists:sum([bench_program:work(I, ?COST) || I <- lists:seq(1, Nodes)]),
    {Nodes, Sum =:= Expected, [{seconds, Seconds}]}.

root(NodesMax) ->
    Self = self(),
    Children = [spawn_link(fun() -> node(I, Self) end) || I <- lists:seq(1, ?CHILDREN)],
    Nodes = grow(?CHILDREN, 0, 7, NodesMax),
    [C ! visit || C <- Children],
    bench_program:countdown(Nodes).

%% Nodes ask in whatever order; the answers come in the same one, so that the tree always has the
%% same number of nodes.
grow(Nodes, Nodes, _, _) -> Nodes;
grow(Nodes, Asked, Random, NodesMax) ->
    receive
        {may_grow, Who} ->
            case answer(Nodes, Random, NodesMax) of
                {More, Next} when More > Nodes ->
                    Who ! {children, Nodes + 1},
                    grow(More, Asked + 1, Next, NodesMax);
                {Nodes, Next} -> grow(Nodes, Asked + 1, Next, NodesMax)
            end
    end.

answer(Nodes, Random, NodesMax) when Nodes + ?CHILDREN > NodesMax -> {Nodes, Random};
answer(Nodes, Random, _) ->
    Next = bench_program:random(Random),
    {case Next rem 100 < 50 of true -> Nodes + ?CHILDREN; false -> Nodes end, Next}.

%% The same without a tree.
grown(Nodes, Nodes, _, _) -> Nodes;
grown(Nodes, Asked, Random, NodesMax) ->
    {More, Next} = answer(Nodes, Random, NodesMax),
    grown(More, Asked + 1, Next, NodesMax).

node(Number, Root) ->
    Root ! {may_grow, self()},
    node(Number, Root, []).

node(Number, Root, Children) ->
    receive
        {children, First} ->
            node(Number, Root, [spawn_link(fun() -> node(I, Root) end)
                                || I <- lists:seq(First, First + ?CHILDREN - 1)]);
        visit ->
            [C ! visit || C <- Children],
            Root ! {done, bench_program:work(Number, ?COST)}
    end.
