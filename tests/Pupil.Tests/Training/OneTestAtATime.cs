using Xunit.Sdk;
using Xunit.v3;

// libtorch has one random generator and one set of threads for the whole process: tests that use them cannot run side by side.
[assembly: Parallelization(Mode = ParallelMode.None)]
