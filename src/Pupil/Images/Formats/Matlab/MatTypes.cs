namespace Pupil.Images.Formats.Matlab;

/// <summary>The data types of elements, with their numbers in the MAT-file format (level 5).</summary>
internal enum MatType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
    Utf8 = 16,
}

/// <summary>The MATLAB classes of variables, with their numbers in the format. Values may be stored in a smaller type.</summary>
internal enum MatClass
{
    Cell = 1,
    Struct = 2,
    Object = 3,
    Char = 4,
    Sparse = 5,
    Double = 6,
    Single = 7,
    Int8 = 8,
    UInt8 = 9,
    Int16 = 10,
    UInt16 = 11,
    Int32 = 12,
    UInt32 = 13,
    Int64 = 14,
    UInt64 = 15,
    Function = 16,
    Opaque = 17,
}

/// <summary>The tag before data.</summary>
/// <param name="Type">The type of the data.</param>
/// <param name="Length">The length of the data in bytes.</param>
/// <param name="Padding">The number of padding bytes behind the data.</param>
/// <param name="IsSmall">Whether tag and data share eight bytes.</param>
internal readonly record struct MatTag(MatType Type, long Length, int Padding, bool IsSmall);
