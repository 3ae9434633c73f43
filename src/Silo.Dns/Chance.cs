namespace Silo.Dns;

/// <summary>A source of randomness that many questions share.</summary>
internal sealed class Chance(Random random)
{
    // Above the ports that services are usually given, so that none of them finds its own taken.
    private const int LowestPort = 16_384;

    private readonly Lock _lock = new();

    public ushort Id() => (ushort)Below(ushort.MaxValue + 1);

    public int Port() => LowestPort + Below(ushort.MaxValue + 1 - LowestPort);

    public int Below(int limit)
    {
        lock (_lock) return random.Next(limit);
    }
}
