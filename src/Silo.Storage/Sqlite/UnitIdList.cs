using System.Buffers.Binary;

namespace Silo.Storage.Sqlite;

/// <summary>Unit ids of a release as stored: 8 bytes each, little-endian.</summary>
internal static class UnitIdList
{
    public static byte[] Encode(IReadOnlyList<long> ids)
    {
        var bytes = new byte[ids.Count * sizeof(long)];
        for (var i = 0; i < ids.Count; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), ids[i]);
        return bytes;
    }

    public static long[] Decode(ReadOnlySpan<byte> bytes)
    {
        var ids = new long[bytes.Length / sizeof(long)];
        for (var i = 0; i < ids.Length; i++) ids[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        return ids;
    }
}
