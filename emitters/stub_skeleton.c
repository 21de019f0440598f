/* What the user goes on with: the functions with empty bodies, and how to build them. Both are written once. */
#include "emitters/stub.h"

static void emit_function(struct stub *s, const struct plan_func *f, struct buf *out)
{
	const char **wanted = arena_alloc(&s->arena, ((size_t)f->params + f->results + 2) * sizeof *wanted), **name;
	uint32_t ports = f->params + f->results;

	wanted[0] = "c";
	for (uint32_t i = 0; i < ports; i++)
		wanted[i + 1] = s->p->port[i < f->params ? f->first_param + i : f->first_result + i - f->params].name;
	name = stub_names(s, wanted, ports + 1, "");
	buf_addch(out, '\n');
	stub_prototype(s, f, out);
	buf_addstr(out, "\n{\n");
	for (uint32_t i = 0; i < ports; i++)
		buf_printf(out, "\t(void)%s;\n", name[i + 1]);
	buf_printf(out, "\treturn calc_fail(c, \"%s is not written yet\");\n}\n", f->native);
}

void stub_skeleton(struct stub *s, struct buf *out)
{
	buf_printf(out, "/*\n * The native functions of %s. This file is yours: calcc wrote it once and does not touch it again. New functions of the flow\n"
		   " * are in %s_functions.h, and the linker misses them until they stand here, or in another .c or .cpp file of this folder.\n */\n"
		   "#include \"%s_functions.h\"\n", s->shown, s->program, s->program);
	for (uint32_t i = 0; i < s->funcs; i++)
		emit_function(s, &s->p->func[s->func[i]], out);
}

void stub_makefile(struct stub *s, struct buf *out)
{
	buf_printf(out, "# Builds %s, which calcc run and the workers of a pod start. This file is yours: calcc wrote it once.\n"
		   "# STATIC=1 links all of it statically: for an image without a C library. LDLIBS names libraries, as of functions in another language.\n"
		   "PKG_CONFIG ?= pkg-config\nCFLAGS ?= -O2 -g\nCXXFLAGS ?= -O2 -g\n"
		   "WARNINGS ?= -Wall -Wextra -Wpedantic\n"
		   "FUNCTIONS_CFLAGS := $(shell $(PKG_CONFIG) --cflags calcflow-functions)\n"
		   "FUNCTIONS_LIBS := $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs calcflow-functions)\n"
		   "ifeq ($(FUNCTIONS_LIBS),)\n$(error $(PKG_CONFIG) knows no calcflow-functions: install CalcFlow, or say where it was built, "
		   "PKG_CONFIG_PATH=BUILD/runtime/functions)\nendif\n"
		   "SOURCES := $(wildcard *.c *.cc *.cpp *.cxx)\nOBJECTS := $(addsuffix .o,$(basename $(SOURCES)))\n"
		   "LINK := $(if $(filter %%.cc %%.cpp %%.cxx,$(SOURCES)),$(CXX),$(CC))\n\n", s->target);
	buf_printf(out, "%s: $(OBJECTS)\n\t$(LINK) $(LDFLAGS) $(if $(STATIC),-static) -o $@ $(OBJECTS) $(FUNCTIONS_LIBS) $(LDLIBS)\n\n"
		   "%%.o: %%.c %s_functions.h\n\t$(CC) -std=c11 $(WARNINGS) $(CFLAGS) $(FUNCTIONS_CFLAGS) -c -o $@ $<\n"
		   "%%.o: %%.cc %s_functions.h\n\t$(CXX) -std=c++17 $(WARNINGS) $(CXXFLAGS) $(FUNCTIONS_CFLAGS) -c -o $@ $<\n"
		   "%%.o: %%.cpp %s_functions.h\n\t$(CXX) -std=c++17 $(WARNINGS) $(CXXFLAGS) $(FUNCTIONS_CFLAGS) -c -o $@ $<\n"
		   "%%.o: %%.cxx %s_functions.h\n\t$(CXX) -std=c++17 $(WARNINGS) $(CXXFLAGS) $(FUNCTIONS_CFLAGS) -c -o $@ $<\n\n"
		   ".PHONY: clean\nclean:\n\trm -f %s $(OBJECTS)\n", s->target, s->program, s->program, s->program, s->program, s->target);
}
