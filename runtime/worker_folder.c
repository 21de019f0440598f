/* Folders are walked by descriptors, one for each level; a tree that is deeper than descriptors go stays its maker's. */
#include "runtime/worker_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"

enum { GROUP_MODE = 070, FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static DIR *open_folder(int at, const char *name)
{
	int fd = openat(at, name, FOLDER_FLAGS);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static struct dirent *next_entry(DIR *dir)
{
	struct dirent *entry = readdir(dir);

	while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
		entry = readdir(dir);
	return entry;
}

void folder_empty(const char *path)
{
	DIR *dir = open_folder(AT_FDCWD, path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = next_entry(dir)))
		file_remove_tree(dirfd(dir), entry->d_name);
	closedir(dir);
}

/* Nothing of the step lives any more: between looking and changing, nobody swaps a folder for a link. */
static bool open_one(int at, const char *name)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
		return false;
	if (st.st_uid == geteuid() && (st.st_mode & (GROUP_MODE | S_IRWXU)) != (GROUP_MODE | S_IRWXU))
		return fchmodat(at, name, (st.st_mode & 07777) | GROUP_MODE | S_IRWXU, 0) == 0;
	return true;
}

static void open_below(DIR *dir)
{
	struct dirent *entry;

	while (dir && (entry = next_entry(dir))) {
		if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) || !open_one(dirfd(dir), entry->d_name))
			continue;
		open_below(open_folder(dirfd(dir), entry->d_name));
	}
	if (dir)
		closedir(dir);
}

void folder_open_to_group(const char *path)
{
	open_below(open_folder(AT_FDCWD, path));
}
