using System.Globalization;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>An instant in a query, as ISO 8601 has it.</summary>
internal static class QueryInstant
{
    /// <summary>Null when it is not given, or wrong, which <paramref name="checks"/> then says.</summary>
    public static DateTimeOffset? Read(SesCall call, string member, MemberChecks checks)
    {
        if (call.QueryValue(member, checks) is not { } text) return null;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant) && instant.Year < 9999) return instant;
        checks.Fail($"{member} must be an ISO 8601 instant such as 2026-01-01T00:00:00Z");
        return null;
    }
}
