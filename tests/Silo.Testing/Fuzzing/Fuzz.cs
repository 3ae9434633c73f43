using System.Globalization;

namespace Silo.Testing.Fuzzing;

/// <summary>How many inputs fuzz tests make: SILO_FUZZ says it, 20,000 without; SILO_FUZZ_SEED runs one again.</summary>
public static class Fuzz
{
    /// <summary>Far above what an input of its size needs, and far below what a loop that grows would take.</summary>
    public const long MostBytesPerInput = 64L << 20;

    private const int Usual = 20_000;

    public static bool IsOne => Number("SILO_FUZZ_SEED") is not null;

    public static IEnumerable<int> Seeds => Number("SILO_FUZZ_SEED") is { } one ? [one] : Enumerable.Range(0, Number("SILO_FUZZ") ?? Usual);

    /// <summary>Whatever goes wrong names the seed that makes it go wrong again.</summary>
    public static T Try<T>(int seed, Func<T> attempt)
    {
        try
        {
            return attempt();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed} (SILO_FUZZ_SEED={seed}): {e.GetType().Name}: {e.Message}", e);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
