using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Silo.Server.Delivery.Mx;

/// <summary>What a domain asks of those who send to it (RFC 8461 5).</summary>
internal enum MtaStsMode
{
    /// <summary>Nothing: there was a policy once.</summary>
    None,

    /// <summary>Nothing yet: failures are only to be reported.</summary>
    Testing,

    /// <summary>TLS with a valid certificate, to the hosts of the policy, or no delivery.</summary>
    Enforce,
}

/// <summary>An MTA-STS policy (RFC 8461 3.2).</summary>
/// <param name="Hosts">Names, and patterns whose first label is a star.</param>
/// <param name="MaxAge">How long it may be kept: up to a year.</param>
internal sealed record MtaStsPolicy(MtaStsMode Mode, IReadOnlyList<string> Hosts, TimeSpan MaxAge)
{
    /// <summary>Longer policies are refused (RFC 8461 3.3 suggests this size).</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxAgeSeconds = 31_557_600;

    /// <summary>A star stands for exactly one label (RFC 8461 4.1).</summary>
    public bool Allows(string host) => Hosts.Any(pattern => pattern.StartsWith("*.", StringComparison.Ordinal)
        ? host.IndexOf('.') is > 0 and var dot && host.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
        : host.Equals(pattern, StringComparison.OrdinalIgnoreCase));

    public static bool TryParse(string text, [NotNullWhen(true)] out MtaStsPolicy? policy)
    {
        policy = null;
        string? version = null, mode = null, age = null;
        var hosts = new List<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(':');
            if (colon <= 0) return false;
            var value = line[(colon + 1)..].Trim();
            switch (line[..colon].TrimEnd())
            {
                // Of fields that stand there twice the first counts (RFC 8461 3.2); ones that are not known are passed over.
                case "version": version ??= value; break;
                case "mode": mode ??= value; break;
                case "max_age": age ??= value; break;
                case "mx": hosts.Add(value.TrimEnd('.')); break;
            }
        }

        MtaStsMode? known = mode switch
        {
            "enforce" => MtaStsMode.Enforce,
            "testing" => MtaStsMode.Testing,
            "none" => MtaStsMode.None,
            _ => null,
        };
        if (version != "STSv1" || known is null || (known != MtaStsMode.None && hosts.Count == 0)) return false;
        if (!int.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > MaxAgeSeconds) return false;
        policy = new MtaStsPolicy(known.Value, hosts, TimeSpan.FromSeconds(seconds));
        return true;
    }

    /// <summary>The id of the one record at _mta-sts.domain (RFC 8461 3.1); null when there is none, or more than one.</summary>
    public static string? IdOf(IEnumerable<string> texts)
    {
        string? id = null;
        var count = 0;
        foreach (var text in texts)
        {
            var fields = text.Split(';', StringSplitOptions.TrimEntries);
            if (fields[0] != "v=STSv1") continue;
            if (++count > 1) return null;
            id = fields.Skip(1).FirstOrDefault(f => f.StartsWith("id=", StringComparison.Ordinal))?[3..];
        }

        return id is { Length: > 0 and <= 32 } && id.All(char.IsAsciiLetterOrDigit) ? id : null;
    }
}
