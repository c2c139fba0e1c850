/* A library, but no plug-in. */
int answer(void);

int answer(void)
{
    return 42;
}
