using System.CommandLine;
using System.Globalization;
using System.Net;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Runs;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.Server.Submission;

namespace Silo.LoadTest.Commands;

/// <summary>What <c>run</c> can be told, and what is wrong with it.</summary>
internal static class RunArguments
{
    /// <summary>Instead of a connection string: a PostgreSQL of this machine's packages for the run alone.</summary>
    public const string OwnDatabase = "own";

    public static readonly Option<DirectoryInfo?> Out = new("--out")
    {
        Description = "Where report and JSON go; none are written without.",
    };

    public static readonly Option<string?> Database = new("--database")
    {
        Description = "PostgreSQL, in the words of Npgsql: the store of the server that is started (own: one of this machine's packages), "
            + "or where a cluster's client finds the silos.",
    };

    private static readonly Argument<string> Name = new("scenario") { Description = "A name that list shows, or a file." };
    private static readonly Option<string> Profile = new Option<string>("--profile")
    {
        Description = "full, or smoke: seconds, and counts instead of times.", DefaultValueFactory = _ => "full",
    }.AcceptOnlyFromAmong("full", "smoke");

    private static readonly Option<string> Target = new("--target")
    {
        Description = "embedded (the run starts a server), the API of running silos (http://127.0.0.1:8081,http://127.0.0.1:8082), or "
            + "another mail server (smtp://127.0.0.1:25).",
        DefaultValueFactory = _ => "embedded",
    };

    private static readonly Option<string> Door = new Option<string>("--door")
    {
        Description = "What mail goes in through, where the scenario leaves it open.", DefaultValueFactory = _ => "smtp",
    }.AcceptOnlyFromAmong("ses", "smtp", "cluster");

    private static readonly Option<double> Rate = new("--rate")
    {
        Description = "Times the scenario's rates, 0.001 to 1,000.", DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "The same gives the same messages at the same times.", DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string?> Key = new("--key") { Description = "id:secret of the target's root or of an operator." };
    private static readonly Option<string> Region = new("--region")
    {
        Description = "Of the target.", DefaultValueFactory = _ => "us-east-1",
    };

    private static readonly Option<string> Account = new("--account")
    {
        Description = "Of the target, 12 digits.", DefaultValueFactory = _ => "000000000000",
    };

    private static readonly Option<string?> Smtp = new("--smtp") { Description = "host:port where the target takes mail." };
    private static readonly Option<bool> SmtpAuth = new("--smtp-auth")
    {
        Description = "Log in with --key; else the target must trust this network.",
    };

    private static readonly Option<bool> SmtpTls = new("--smtp-tls") { Description = "STARTTLS, with any certificate." };
    private static readonly Option<string> SinkListen = new("--sink-listen")
    {
        Description = "address:port where the sink takes mail: the relay of a given target.", DefaultValueFactory = _ => "127.0.0.1:0",
    };

    private static readonly Option<FileInfo?> Program = new("--program")
    {
        Description = "The server to start: Silo.Server.dll or Silo.Orleans.dll.",
    };

    private static readonly Option<int> Silos = new("--silos")
    {
        Description = "Processes of Silo.Orleans on one database.", DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the tenants in a given target." };
    private static readonly Option<bool> Owned = new(LoopbackGuard.Option)
    {
        Description = "The target is not this machine, and it is yours.",
    };

    public static IEnumerable<Symbol> All =>
    [
        Name, Profile, Target, Door, Rate, Seed, Out, Key, Region, Account, Smtp, SmtpAuth, SmtpTls, SinkListen, Database, Program, Silos,
        Keep, Owned,
    ];

    public static (RunOptions? Options, IReadOnlyList<string> Errors) Read(ParseResult parsed)
    {
        var errors = new List<string>();
        var scenario = ReadScenario(parsed, errors);
        var given = ReadTarget(parsed, errors);
        var rate = parsed.GetValue(Rate);
        if (rate is not (>= 0.001 and <= 1000)) errors.Add("--rate must be 0.001 to 1,000.");
        var silos = parsed.GetValue(Silos);
        if (silos is < 1 or > 16) errors.Add("--silos must be 1 to 16.");
        if (silos > 1 && (parsed.GetValue(Program) is null || parsed.GetValue(Database) is null))
            errors.Add("--silos needs --program with the assembly of Silo.Orleans, and --database.");
        if (given is not null && scenario is { Month: not null })
            errors.Add("The clock of a given target cannot be moved on: leave --target out.");
        if (!IPEndPoint.TryParse(parsed.GetValue(SinkListen)!, out var sink)) errors.Add("--sink-listen must be of the form address:port.");
        if (scenario is null || errors.Count > 0) return (null, errors);
        return (new RunOptions
        {
            Scenario = scenario,
            // Keys are not for reports.
            Command = string.Join(
                ' ', parsed.Tokens.Select(t => t.Value == parsed.GetValue(Key) || t.Value == parsed.GetValue(Database) ? "…" : t.Value)),
            Door = parsed.GetValue(Door)!,
            Rate = rate,
            Seed = parsed.GetValue(Seed),
            Given = given,
            Program = parsed.GetValue(Program)?.FullName ?? OwnServerOptions.DefaultProgram,
            Silos = silos,
            ConnectionString = given is null ? parsed.GetValue(Database) : null,
            SinkEndpoint = sink!,
        }, []);
    }

    private static Scenario? ReadScenario(ParseResult parsed, List<string> errors)
    {
        var name = parsed.GetValue(Name)!;
        var file = File.Exists(name) ? name : Path.Combine(ScenarioFile.Folder, name + ScenarioFile.Extension);
        if (!File.Exists(file))
        {
            errors.Add($"There is no scenario {name}: {string.Join(", ", ScenarioFile.NamesIn(ScenarioFile.Folder))}.");
            return null;
        }

        var (scenario, wrong) = ScenarioFile.Read(
            Path.GetFileNameWithoutExtension(file), File.ReadAllText(file), parsed.GetValue(Profile) == "smoke");
        errors.AddRange(wrong.Select(w => $"{file}: {w}"));
        return scenario;
    }

    private static GivenTargetOptions? ReadTarget(ParseResult parsed, List<string> errors)
    {
        var target = parsed.GetValue(Target)!;
        if (target == "embedded") return null;
        var hosts = new List<string>();
        var given = target.StartsWith("smtp:", StringComparison.OrdinalIgnoreCase)
            ? ReadMailServer(parsed, target, hosts, errors)
            : ReadSilo(parsed, target, hosts, errors);
        if (LoopbackGuard.Check(hosts, parsed.GetValue(Owned)) is { } refusal) errors.Add(refusal);
        return given;
    }

    private static GivenTargetOptions ReadMailServer(ParseResult parsed, string target, List<string> hosts, List<string> errors)
    {
        if (!Uri.TryCreate(target, UriKind.Absolute, out var server) || server is not { Port: > 0, Host.Length: > 0 })
        {
            errors.Add($"--target: {target} is not of the form smtp://host:port.");
            return new GivenTargetOptions([], "", "", null, null, Keeps: true);
        }

        hosts.Add(server.Host);
        var smtp = new SmtpDoorOptions(server.Host.Trim('[', ']'), server.Port, null, parsed.GetValue(SmtpTls), NamesTenants: false);
        return new GivenTargetOptions([], "", "", smtp, null, Keeps: true);
    }

    private static GivenTargetOptions ReadSilo(ParseResult parsed, string target, List<string> hosts, List<string> errors)
    {
        var api = new List<Uri>();
        foreach (var each in target.Split(','))
        {
            if (Uri.TryCreate(each, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") api.Add(url);
            else errors.Add($"--target: {each} is neither embedded nor an address like http://127.0.0.1:8080 or smtp://127.0.0.1:25.");
        }

        if (parsed.GetValue(Key)?.Split(':', 2) is not [var id, var secret])
        {
            errors.Add("--target needs --key id:secret.");
            (id, secret) = ("", "");
        }

        var smtp = ReadSmtp(parsed, id, secret, errors);
        hosts.AddRange(api.Select(a => a.Host).Concat(smtp is null ? [] : [smtp.Host]));
        return new GivenTargetOptions(api, id, secret, smtp, parsed.GetValue(Database), parsed.GetValue(Keep))
        {
            Region = parsed.GetValue(Region)!, AccountId = parsed.GetValue(Account)!,
        };
    }

    private static SmtpDoorOptions? ReadSmtp(ParseResult parsed, string id, string secret, List<string> errors)
    {
        if (parsed.GetValue(Smtp) is not { } place) return null;
        var colon = place.LastIndexOf(':');
        var isPort = int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        if (colon > 0 && isPort && port <= IPEndPoint.MaxPort)
        {
            (string, string)? login = parsed.GetValue(SmtpAuth) ? (id, SmtpPasswords.Derive(secret, parsed.GetValue(Region)!)) : null;
            return new SmtpDoorOptions(place[..colon].Trim('[', ']'), port, login, parsed.GetValue(SmtpTls));
        }

        errors.Add($"--smtp: {place} is not of the form host:port.");
        return null;
    }
}
