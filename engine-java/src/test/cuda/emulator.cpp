// A driver of one GPU that is this processor: the functions of CudaDriver.java, with pass.cu compiled as plain C++ behind them. Tests load it in
// place of NVIDIA's, so that everything but the GPU itself is run: jobs, launches, copies, and the arithmetic to the bit.
//
//   g++ -std=c++17 -O2 -fPIC -shared -ffp-contract=off -o libemulator.so emulator.cpp

#include <cstdlib>

#include "../../main/resources/org/zolab/space/pass.cu"

static const char* const KERNELS[] = {"pass1", "pass2", "pass4", "pass8", "fold", "merge", "rule"};
static thread_local void* current;  // a thread has to say whose memory and kernels it means
static const size_t MEMORY = (size_t)2 << 30;

extern "C" {

int cuInit(int) { return 0; }

int cuDriverGetVersion(int* version) {
  *version = 12080;
  return 0;
}

int cuGetErrorString(int, const char** text) {
  *text = "emulated error";
  return 0;
}

int cuDeviceGetCount(int* count) {
  *count = 1;
  return 0;
}

int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? 0 : 101;
}

int cuDeviceGetName(char* name, int length, int) {
  strncpy(name, "this processor in place of a GPU", length);
  return 0;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? 9 : 0;
  return 0;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
  *context = (void*)KERNELS;
  return 0;
}

int cuCtxSetCurrent(void* context) {
  current = context;
  return context == (void*)KERNELS ? 0 : 201;
}

int cuCtxSynchronize() { return current == nullptr ? 201 : 0; }

int cuMemGetInfo_v2(size_t* free, size_t* total) {
  *free = MEMORY;
  *total = MEMORY;
  return current == nullptr ? 201 : 0;
}

int cuMemAlloc_v2(u64* address, size_t bytes) {
  *address = (u64)malloc(bytes);
  return current == nullptr ? 201 : 0;
}

int cuMemFree_v2(u64 address) {
  free((void*)address);
  return current == nullptr ? 201 : 0;
}

int cuMemcpyHtoD_v2(u64 to, const void* from, size_t bytes) {
  memcpy((void*)to, from, bytes);
  return current == nullptr ? 201 : 0;
}

int cuMemcpyDtoH_v2(void* to, u64 from, size_t bytes) {
  memcpy(to, (const void*)from, bytes);
  return current == nullptr ? 201 : 0;
}

int cuMemcpyDtoD_v2(u64 to, u64 from, size_t bytes) {
  memcpy((void*)to, (const void*)from, bytes);
  return current == nullptr ? 201 : 0;
}

int cuModuleLoadData(void** module, const char* image) {
  *module = (void*)KERNELS;
  return current == nullptr ? 201 : strstr(image, ".version") != nullptr ? 0 : 218;
}

int cuModuleGetFunction(void** function, void*, const char* name) {
  for (const char* const& kernel : KERNELS) {
    if (strcmp(kernel, name) == 0) {
      *function = (void*)&kernel;
      return 0;
    }
  }
  return 500;
}

int cuLaunchKernel(void* function, int blocks, int, int, int threads, int, int, int, void*, void** parameters, void**) {
  const Job& job = *(const Job*)parameters[0];
  int tiles = *(const int*)parameters[1];
  if (current == nullptr || threads != 128 || blocks != (tiles + 3) / 4) {
    return 1;
  }
  switch ((const char* const*)function - KERNELS) {
    case 0: pass<1>(job, tiles); return 0;
    case 1: pass<2>(job, tiles); return 0;
    case 2: pass<4>(job, tiles); return 0;
    case 3: pass<8>(job, tiles); return 0;
    case 4: fold(job, tiles, *(double**)parameters[2]); return 0;
    case 5: merge(job, tiles); return 0;
    case 6: rule(job, tiles); return 0;
    default: return 400;
  }
}
}
