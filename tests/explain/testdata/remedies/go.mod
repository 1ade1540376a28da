module example.com/remedies

go 1.21
