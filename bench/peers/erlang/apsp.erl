%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-apsp: all-pairs shortest paths. The matrix is cut into blocks, one process each;
%% in every step each hears from the blocks of its row and its column. A block is sent as a binary,
%% so that its receivers share it.
-module(apsp).
-export([main/0]).

-define(SIDE, 50).  % of a block

main() -> bench_program:run(1, fun(_, _) -> paths(bench_program:size(300)) end).

paths(Size) ->
    Side = Size div ?SIDE,
    Nodes = Side * ?SIDE,
    Graph = graph(Nodes),
    Referee = self(),
    Blocks = list_to_tuple(
        [begin
             Block = block(Graph, Nodes, I div Side, I rem Side),
             spawn_link(fun() -> start(I, Side, Block, Referee) end)
         end || I <- lists:seq(0, Side * Side - 1)]),
    [receive ready -> ok end || _ <- tuple_to_list(Blocks)],
    {Sum, Seconds} = bench_program:timed(fun() ->
        [B ! {start, Blocks} || B <- tuple_to_list(Blocks)],
        bench_program:countdown(Side * Side)
    end),
    {1, Sum =:= shortest_sum(Size), [{seconds, Seconds}]}.

%% What the C++ programs find for the same graph by the plain way.
shortest_sum(300) -> 2084988.

graph(Nodes) -> graph(0, Nodes, Nodes * Nodes, 1, []).
graph(At, _, At, _, Rows) -> list_to_binary(lists:reverse(Rows));
graph(At, Nodes, All, Random, Rows) ->
    Next = bench_program:random(Random),
    Length = case At div Nodes =:= At rem Nodes of true -> 0; false -> 1 + Next rem 1000 end,
    graph(At + 1, Nodes, All, Next, [<<Length:32>> | Rows]).

%% As a list of rows.
block(Graph, Nodes, Row, Column) ->
    [numbers(binary:part(Graph, 4 * ((Row * ?SIDE + I) * Nodes + Column * ?SIDE), 4 * ?SIDE))
     || I <- lists:seq(0, ?SIDE - 1)].

start(Number, Side, Block, Referee) ->
    Referee ! ready,
    Row = Number div Side,
    Column = Number rem Side,
    receive
        {start, Blocks} ->
            Others = [Row * Side + I || I <- lists:seq(0, Side - 1), I =/= Column] ++
                     [I * Side + Column || I <- lists:seq(0, Side - 1), I =/= Row],
            Neighbours = [element(I + 1, Blocks) || I <- Others],
            Sum = steps(0, Side * ?SIDE, Number, Side, Neighbours, length(Others), Block),
            Referee ! {done, Sum}
    end.

steps(Nodes, Nodes, _, _, _, _, Rows) -> lists:sum(lists:append(Rows));
steps(K, Nodes, Number, Side, Neighbours, Count, Rows) ->
    Block = << <<V:32>> || Row <- Rows, V <- Row >>,
    [N ! {news, K, Number, Block} || N <- Neighbours],
    Heard = hear(K, Count, #{Number => Block}),
    At = K div ?SIDE,
    Beside = map_get(Number div Side * Side + At, Heard),
    Above = map_get(At * Side + Number rem Side, Heard),
    FromK = numbers(binary:part(Above, 4 * ?SIDE * (K rem ?SIDE), 4 * ?SIDE)),
    Next = rows(Rows, Beside, 4 * (K rem ?SIDE), FromK),
    steps(K + 1, Nodes, Number, Side, Neighbours, Count, Next).

numbers(Binary) -> [V || <<V:32>> <= Binary].

hear(_, 0, Heard) -> Heard;
hear(K, Left, Heard) ->
    receive {news, K, From, Block} -> hear(K, Left - 1, Heard#{From => Block}) end.

%% The way to K is the same for a whole row; it lies in the block beside, at Offset.
rows([], _, _, _) -> [];
rows([Row | Rest], Beside, Offset, FromK) ->
    <<_:Offset/binary, ToK:32, _/binary>> = Beside,
    [row(Row, FromK, ToK) | rows(Rest, Beside, Offset + 4 * ?SIDE, FromK)].

row([], [], _) -> [];
row([Way | Ways], [From | Froms], ToK) when ToK + From < Way ->
    [ToK + From | row(Ways, Froms, ToK)];
row([Way | Ways], [_ | Froms], ToK) -> [Way | row(Ways, Froms, ToK)].
