#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    char bytes[4096];
    for (int client; (client = accept(3, NULL, NULL)) >= 0; close(client))
        for (ssize_t got; (got = recv(client, bytes, sizeof bytes, 0)) > 0;) send(client, bytes, got, 0);
    return 1;
}
