%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I12-banking: a teller gives out transfers between a thousand accounts. The account
%% that pays asks the other to take the money, and handles nothing else until that is confirmed.
-module(banking).
-export([main/0]).

main() ->
    bench_program:run(50000, fun(Count, _) -> transfers(Count, bench_program:size(1000)) end).

transfers(Count, Size) ->
    Referee = self(),
    Accounts = list_to_tuple([spawn_link(fun() -> account(0) end) || _ <- lists:seq(1, Size)]),
    {Expected, Seconds} = bench_program:timed(fun() ->
        spawn_link(fun() -> Referee ! {done, teller(Accounts, Count)} end),
        bench_program:countdown(1)
    end),
    Balances = [begin A ! {balance, Referee}, receive {has, B} -> B end end
                || A <- tuple_to_list(Accounts)],
    Weighted = lists:sum([I * B || {I, B} <- lists:zip(lists:seq(0, Size - 1), Balances)]),
    {Count, lists:sum(Balances) =:= 0 andalso Weighted =:= Expected, [{seconds, Seconds}]}.

teller(Accounts, Count) ->
    Expected = pay(Accounts, tuple_size(Accounts), 123, Count, 0),
    [receive paid -> ok end || _ <- lists:seq(1, Count)],
    Expected.

%% The money goes to the right, so that no two wait for each other.
pay(_, _, _, 0, Expected) -> Expected;
pay(Accounts, All, Random0, Left, Expected) ->
    Random1 = bench_program:random(Random0),
    Random2 = bench_program:random(Random1),
    Random3 = bench_program:random(Random2),
    From = Random1 rem (All div 10 * 8),
    To = From + 1 + Random2 rem (All - From - 1),
    Amount = Random3 rem 1000,
    element(From + 1, Accounts) ! {pay, Amount, element(To + 1, Accounts), self()},
    pay(Accounts, All, Random3, Left - 1, Expected + Amount * (To - From)).

account(Balance) ->
    receive
        {pay, Amount, To, Teller} ->
            Ref = make_ref(),
            To ! {deposit, Amount, self(), Ref},
            receive {confirmed, Ref} -> ok end,
            Teller ! paid,
            account(Balance - Amount);
        {deposit, Amount, From, Ref} ->
            From ! {confirmed, Ref},
            account(Balance + Amount);
        {balance, From} ->
            From ! {has, Balance},
            account(Balance)
    end.
