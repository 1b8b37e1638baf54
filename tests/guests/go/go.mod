module guests

go 1.21

toolchain go1.26.8

require github.com/stealthrocket/net v0.2.1
