module pollux.test/components

go 1.20
