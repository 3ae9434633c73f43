using System.Buffers.Binary;
using System.Security.Cryptography;
using Silo.Storage;

namespace Silo.Server.Intake.Repeats;

/// <summary>What tells a repeated call from a new one: the caller's <c>Idempotency-Key</c>, or what its SDK says of a retry.</summary>
/// <param name="LookFirst">It may be a repetition: the store is asked before anything else is done.</param>
public sealed record CallKey(SendKey Key, bool LookFirst)
{
    /// <summary>The key as the caller gave it, 1 to 256 characters; null when it is its SDK's.</summary>
    public string? Name { get; init; }

    /// <summary>The key of one entry of a call that sends several, by its place in the call from 0.</summary>
    public CallKey ForEntry(int index)
    {
        Span<byte> bytes = stackalloc byte[20];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Key.Call);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], index);
        return this with { Key = Key with { Call = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(bytes)) } };
    }
}
