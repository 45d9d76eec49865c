#pragma once
#include <zip.h>
#include <unzip.h>
