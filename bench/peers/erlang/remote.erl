%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for X1 to X3 and N1 to N3: 64-byte messages between two nodes on this machine. Forms: `stream`,
%% `round_trip` with `--size` under way at once, and `blocks` of 1 MiB, of which two are. The node is started with a name; the other one is its peer.
-module(remote).
-export([main/0, receiver/2, echo/0, blocks/2]).

main() ->
    bench_program:run(200000, fun(Count, Form) ->
        {ok, Peer, Node} = peer:start(#{name => peer:random_name(), host => "localhost",
                                        args => ["-pa", filename:dirname(code:which(?MODULE))]}),
        Result = play(Form, Node, Count),
        peer:stop(Peer),
        Result
    end).

play("stream", Node, Count) ->
    To = spawn_link(Node, ?MODULE, receiver, [self(), Count]),
    {Good, Seconds} = bench_program:timed(fun() ->
        send(To, 0, Count),
        receive {verdict, V} -> V =:= Count end
    end),
    {Count, Good, [{seconds, Seconds}]};
play("round_trip", Node, Count) ->
    Echo = spawn_link(Node, ?MODULE, echo, []),
    Size = min(bench_program:size(1), Count),
    {Good, Seconds} = bench_program:timed(fun() ->
        send(Echo, 0, Size),
        rally(Echo, 0, Size, Count)
    end),
    {Count, Good, [{seconds, Seconds}]};
play("blocks", Node, Count) ->
    To = spawn_link(Node, ?MODULE, blocks, [self(), 0]),
    {Good, Seconds} = bench_program:timed(fun() ->
        To ! block(0),
        feed(To, 1, Count)
    end),
    {Count, Good, [{seconds, Seconds}]}.

%% A word on each page, so that a block that is torn or out of order shows.
block(S) -> << <<(S * 256 + P):64/little, 0:(4088 * 8)>> || P <- lists:seq(0, 255) >>.

feed(_, Count, Count) ->
    receive {seen, Last} -> Last =:= Count - 1 end;
feed(To, Sent, Count) ->
    To ! block(Sent),
    receive {seen, _} -> feed(To, Sent + 1, Count) end.

blocks(Back, I) ->
    Expected = block(I),
    receive Expected -> Back ! {seen, I} end,
    blocks(Back, I + 1).

frame(S) -> <<S:64/little, (S * 3 + 1):64/little, 0:384>>.

send(_, N, N) -> ok;
send(To, I, N) ->
    To ! {self(), frame(I)},
    send(To, I + 1, N).

rally(_, Count, _, Count) -> true;
rally(Echo, I, Sent, Count) ->
    Expected = frame(I),
    receive
        Expected when Sent < Count ->
            Echo ! {self(), frame(Sent)},
            rally(Echo, I + 1, Sent + 1, Count);
        Expected -> rally(Echo, I + 1, Sent, Count)
    end.

receiver(Back, Count) -> receiver(Back, 0, Count).
receiver(Back, Count, Count) -> Back ! {verdict, Count};
receiver(Back, I, Count) ->
    Expected = frame(I),
    receive {_, Expected} -> receiver(Back, I + 1, Count) end.

echo() ->
    receive
        {From, Frame} ->
            From ! Frame,
            echo()
    end.
