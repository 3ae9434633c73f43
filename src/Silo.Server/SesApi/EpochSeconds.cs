namespace Silo.Server.SesApi;

/// <summary>Timestamps as REST-JSON writes them: seconds since 1970 as a number, milliseconds as its fraction.</summary>
internal static class EpochSeconds
{
    // A decimal is never written with an exponent, which SDKs do not read.
    public static decimal From(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds() / 1000m;

    public static decimal? From(DateTimeOffset? instant) => instant is { } given ? From(given) : null;
}
