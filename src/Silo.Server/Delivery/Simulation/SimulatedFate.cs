using System.Text;

namespace Silo.Server.Delivery.Simulation;

/// <summary>
/// Draws that depend on seed, message and recipient alone, not on the order in which messages come: so a run can be repeated with
/// another number of silos, and a retry meets the same bounce. FNV-1a, finished as in SplitMix64.
/// </summary>
internal readonly struct SimulatedFate
{
    private readonly ulong _hash;

    public SimulatedFate(long seed, string messageId, string recipient) =>
        _hash = Add(Add(0xCBF29CE484222325 ^ Mix((ulong)seed), messageId), recipient);

    /// <summary>A number from 0 to below 1, another for each purpose.</summary>
    public double Draw(string purpose, int attempt = 0) =>
        (Mix(Add(_hash, purpose) + (ulong)attempt * 0x9E3779B97F4A7C15) >> 11) * (1.0 / (1UL << 53));

    private static ulong Add(ulong hash, string text)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(bytes);
            foreach (var b in bytes[..length]) hash = (hash ^ b) * 0x100000001B3;
        }

        return (hash ^ 0xFF) * 0x100000001B3;
    }

    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 31;
    }
}
