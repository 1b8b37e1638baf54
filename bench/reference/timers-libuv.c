/*
 * Timers of libuv, for `npm run bench -- timers`: the same scenarios as bench/timers/process.ts.
 *
 *     timers-libuv SCENARIO COUNT      prints nanoseconds of CPU time for each timer
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static uint64_t delay_of(const char *scenario, uint32_t index) {
    if (strcmp(scenario, "same") == 0) return 30000;
    double most = strcmp(scenario, "fire") == 0 ? 1000 : 3600000;
    return 1 + (uint64_t)((uint32_t)(index * 2654435761u) * (most / 4294967296.0));
}

static uint32_t fired;

static void on_timer(uv_timer_t *timer) {
    (void)timer;
    fired++;
}

static double cpu_nanoseconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double seconds = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec;
    return 1e9 * seconds + 1e3 * ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec);
}

static double measure(uv_loop_t *loop, const char *scenario, uint32_t count) {
    double start = cpu_nanoseconds();
    uv_timer_t *timers = malloc(count * sizeof *timers);
    if (timers == NULL) abort();
    uv_update_time(loop);
    for (uint32_t index = 0; index < count; index++) {
        uv_timer_init(loop, &timers[index]);
        uv_timer_start(&timers[index], on_timer, delay_of(scenario, index), 0);
    }
    fired = 0;
    if (strcmp(scenario, "fire") == 0) {
        uv_run(loop, UV_RUN_DEFAULT);
        if (fired != count) abort();
    } else {
        for (uint32_t index = 0; index < count; index++) uv_timer_stop(&timers[index]);
    }
    double spent = cpu_nanoseconds() - start;
    for (uint32_t index = 0; index < count; index++) uv_close((uv_handle_t *)&timers[index], NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    free(timers);
    return spent / count;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    uv_loop_t *loop = uv_default_loop();
    measure(loop, argv[1], count / 10); /* a warm-up */
    printf("%f\n", measure(loop, argv[1], count));
    return 0;
}
