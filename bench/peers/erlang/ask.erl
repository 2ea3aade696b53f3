%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I9: requests one after the other, each with a fresh reference that the reply carries.
-module(ask).
-export([main/0]).

main() -> bench_program:run(1000000, fun(Count, _) -> ask_all(Count) end).

ask_all(Count) ->
    Self = self(),
    Server = spawn_link(fun serve/0),
    spawn_link(fun() -> Self ! {sum, client(Server, Count, 0)} end),
    Sum = receive {sum, S} -> S end,
    {Count, Sum =:= Count * (Count + 3) div 2}.

client(_, 0, Sum) -> Sum;
client(Server, Left, Sum) -> client(Server, Left - 1, Sum + call(Server, Left)).

call(Server, Number) ->
    Ref = make_ref(),
    Server ! {number, self(), Ref, Number},
    receive {Ref, Reply} -> Reply end.

serve() ->
    receive
        {number, From, Ref, Number} ->
            From ! {Ref, Number + 1},
            serve()
    end.
