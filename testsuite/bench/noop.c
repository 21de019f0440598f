/* A step that does nothing: what is timed is the starting of it. */
int main(void) { return 0; }
