/* image.c: a shared object that comes and goes, with data of its own that hold references. */
void *soak_data[32];
static __thread void *thread_data[32];

void **soak_thread_data(void);

void **
soak_thread_data(void)
{
    return thread_data;
}
