using System.Globalization;

namespace Silo.Server.Demo;

/// <param name="Seconds">How long traffic runs: 3 to 3,600. It runs on, by a minute at most, until the bad tenant is paused.</param>
internal sealed record DemoOptions(int Seconds)
{
    public const string Usage = "usage: demo [--seconds 60]";

    /// <summary>Null when the arguments are not understood.</summary>
    public static DemoOptions? Parse(IReadOnlyList<string> arguments) => arguments switch
    {
        [] => new DemoOptions(60),
        ["--seconds", var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 3 and <= 3_600 => new DemoOptions(seconds),
        _ => null,
    };

    /// <summary>When the bad tenant's list goes bad.</summary>
    public TimeSpan TurnsBadAfter => TimeSpan.FromSeconds(Seconds / 4.0);

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    public TimeSpan LongestDuration => Duration + TimeSpan.FromMinutes(1);
}
