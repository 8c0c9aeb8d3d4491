// The system's libarchive, as its own headers declare it. No logic belongs here.
#pragma once
#include <archive.h>
#include <archive_entry.h>
