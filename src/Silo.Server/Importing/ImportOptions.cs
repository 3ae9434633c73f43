using System.Globalization;

namespace Silo.Server.Importing;

/// <summary>The arguments of <c>import ses</c>. Keys are none of them: they come from the environment and the AWS SDK's chain.</summary>
internal sealed record ImportOptions
{
    public const string Usage = """
        usage: Silo.Server import ses [--apply] [--json] [--only KIND,KIND] [--tenant NAME]… [--rate 1]
                   [--source-region R] [--source-profile P] [--source-endpoint https://…]
                   [--target http://127.0.0.1:8080] [--target-region us-east-1]
               Shows what would be taken over; with --apply takes it over. Can be run again at any time.
               Keys of the source: AWS_ACCESS_KEY_ID … or what else the AWS SDK finds. Keys of the target: SILO_ACCESS_KEY_ID and
               SILO_SECRET_ACCESS_KEY.
        """;

    /// <summary>Writes to the target; else nothing is changed.</summary>
    public bool Apply { get; init; }

    public bool Json { get; init; }

    /// <summary>Kinds to look at; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Tenants to look at; empty for all. Resources of the account are not filtered by it.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>Calls to the source in a second, 0.1 to 1,000. SES lets most of these operations be called once a second. Default 1.</summary>
    public double Rate { get; init; } = 1;

    public string? SourceRegion { get; init; }

    public string? SourceProfile { get; init; }

    public string? SourceEndpoint { get; init; }

    public Uri Target { get; init; } = new("http://127.0.0.1:8080");

    public string TargetRegion { get; init; } = "us-east-1";

    /// <summary>Null when the arguments are not understood.</summary>
    public static ImportOptions? Parse(IReadOnlyList<string> arguments, IReadOnlyCollection<string> kinds)
    {
        if (arguments is not ["ses", ..]) return null;
        var options = new ImportOptions();
        for (var i = 1; i < arguments.Count; i++)
        {
            if (arguments[i] is "--apply" or "--json")
            {
                options = arguments[i] == "--apply" ? options with { Apply = true } : options with { Json = true };
                continue;
            }

            if (i + 1 == arguments.Count || options.With(arguments[i], arguments[++i], kinds) is not { } next) return null;
            options = next;
        }

        return options;
    }

    private ImportOptions? With(string name, string value, IReadOnlyCollection<string> kinds) => name switch
    {
        "--only" when value.Split(',') is var only && only.All(kinds.Contains) => this with { Only = only },
        "--tenant" when value.Length > 0 => this with { Tenants = [.. Tenants, value] },
        "--rate" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate)
            && rate is >= 0.1 and <= 1_000 => this with { Rate = rate },
        "--source-region" => this with { SourceRegion = value },
        "--source-profile" => this with { SourceProfile = value },
        "--source-endpoint" => this with { SourceEndpoint = value },
        // In a network of one's own there may be no TLS, unlike on the way to SES.
        "--target" when Uri.TryCreate(value, UriKind.Absolute, out var target) && target is { AbsolutePath: "/", Query: "", UserInfo: "" }
            && (target.Scheme == Uri.UriSchemeHttp || target.Scheme == Uri.UriSchemeHttps) => this with { Target = target },
        "--target-region" when value.Length > 0 => this with { TargetRegion = value },
        _ => null,
    };
}
