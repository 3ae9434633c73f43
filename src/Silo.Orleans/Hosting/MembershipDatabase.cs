using Npgsql;

namespace Silo.Orleans.Hosting;

/// <summary>Where silos find each other: tables beside those of the store, in the same schema.</summary>
internal static class MembershipDatabase
{
    public const string Schema = "silo";

    /// <summary>By this name Orleans loads the driver.</summary>
    public const string Invariant = "Npgsql";

    /// <summary>The store's connection string, with what a few small statements each second need.</summary>
    public static string ConnectionString(string ofStore)
    {
        var settings = new NpgsqlConnectionStringBuilder(ofStore)
        {
            ApplicationName = "Silo membership", SearchPath = Schema, MaxPoolSize = 4, Timeout = 5, CommandTimeout = 5, TcpKeepAlive = true,
            HostRecheckSeconds = 1, Enlist = false,
        };
        // Of a primary and its standbys the one that takes writes, whichever that is by now.
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true) settings.TargetSessionAttributes = "primary";
        return settings.ConnectionString;
    }
}
