module pollux.test/echo

go 1.22
