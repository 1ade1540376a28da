module golangtests

go 1.21
