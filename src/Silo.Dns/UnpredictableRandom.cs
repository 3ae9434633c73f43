using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Silo.Dns;

/// <summary>
/// Chance from the system's cryptographic source, for <see cref="DnsClient"/> in production: who has seen ids and ports of a
/// <see cref="Random"/> of the runtime can compute the next ones (RFC 5452 9.2). Thread-safe.
/// </summary>
public sealed class UnpredictableRandom() : Random(0)
{
    public override int Next() => Next(0, int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    public override long NextInt64() => NextInt64(0, long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        var range = unchecked((ulong)maxValue - (ulong)minValue);
        return unchecked(minValue + (long)Math.BigMul(Bits(), range, out _));
    }

    public override double NextDouble() => Sample();

    public override float NextSingle() => (Bits() >> 40) * (1f / (1 << 24));

    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    protected override double Sample() => (Bits() >> 11) * (1.0 / (1UL << 53));

    private static ulong Bits()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
