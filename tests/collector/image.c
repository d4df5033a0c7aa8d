/* image.c: a shared object whose data hold references, as an extension's do. */
void *image_data[64];
static __thread void *thread_data[64];

void **image_thread_data(void);

void **
image_thread_data(void)
{
    return thread_data;
}
