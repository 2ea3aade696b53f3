module troupe.bench/peers

go 1.19
