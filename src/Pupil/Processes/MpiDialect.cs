using System.Runtime.InteropServices;

namespace Pupil.Processes;

/// <summary>
/// The handles and numbers that differ between implementations of MPI. Handles of MPICH have 32 bits, those of the others are addresses;
/// both fit the place of an address in a call.
/// </summary>
internal sealed record MpiDialect
{
    /// <summary>The communicator of all processes.</summary>
    public required nint World { get; init; }

    /// <summary>The type of bytes.</summary>
    public required nint Byte { get; init; }

    /// <summary>The type of float32.</summary>
    public required nint Single { get; init; }

    /// <summary>The type of float64.</summary>
    public required nint Double { get; init; }

    /// <summary>The operation that sums.</summary>
    public required nint Sum { get; init; }

    /// <summary>The address that makes a call replace its input.</summary>
    public required nint InPlace { get; init; }

    /// <summary>The level of calls from several threads, one at a time.</summary>
    public required int Serialized { get; init; }

    // MPI 5.0 has a function that says so, also before MPI's start; libraries with an ABI of their own return -1.
    private static unsafe bool HasStandardAbi(nint library)
    {
        int major = -1, minor = -1;
        if (NativeLibrary.TryGetExport(library, "MPI_Abi_get_version", out nint version))
            ((delegate* unmanaged<int*, int*, int>)version)(&major, &minor);
        return major >= 1;
    }

    /// <summary>Finds the dialect of a library; null for an unknown one.</summary>
    /// <param name="library">The loaded library.</param>
    public static MpiDialect? Of(nint library)
    {
        if (HasStandardAbi(library))
        {
            return new()
            {
                World = 0x101,
                Byte = 0x247,
                Single = 0x210,
                Double = 0x214,
                Sum = 0x21,
                InPlace = 1,
                Serialized = 2048,
            };
        }
        // Open MPI's handles are the addresses of exported objects.
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world))
        {
            return new()
            {
                World = world,
                Byte = NativeLibrary.GetExport(library, "ompi_mpi_byte"),
                Single = NativeLibrary.GetExport(library, "ompi_mpi_float"),
                Double = NativeLibrary.GetExport(library, "ompi_mpi_double"),
                Sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
                InPlace = 1,
                Serialized = 2,
            };
        }
        // MPICH, and what shares its ABI: Intel MPI, MVAPICH, Cray MPT.
        if (!NativeLibrary.TryGetExport(library, "MPIR_Dup_fn", out _))
            return null;
        return new()
        {
            World = 0x44000000,
            Byte = 0x4c00010d,
            Single = 0x4c00040a,
            Double = 0x4c00080b,
            Sum = 0x58000003,
            InPlace = -1,
            Serialized = 2,
        };
    }
}
