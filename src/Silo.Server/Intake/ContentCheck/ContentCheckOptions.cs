using System.ComponentModel.DataAnnotations;
using System.Net;
using Silo.Core.Messages;

namespace Silo.Server.Intake.ContentCheck;

/// <summary>What becomes of mail that could not be checked.</summary>
public enum UncheckedMail
{
    /// <summary>It is taken as if there were no checker.</summary>
    Accept,

    /// <summary>The sender is told to come back (503).</summary>
    Refuse,
}

/// <summary>Section <c>Silo:ContentCheck</c>: a checker that speaks rspamd's HTTP protocol and sees mail before it is accepted.</summary>
public sealed class ContentCheckOptions
{
    public const string Section = "Silo:ContentCheck";

    internal const string DefaultPath = "/checkv2";

    /// <summary>http or https; without a path it is <c>/checkv2</c>. Default none: nothing is checked.</summary>
    public string? Url { get; set; }

    /// <summary>Sent as the header Password, which rspamd's controller asks for. Default none.</summary>
    [RegularExpression("^[!-~]{1,256}$")]
    public string? Password { get; set; }

    /// <summary>The address that is told as the client's: senders over the API have none that says anything. Default none.</summary>
    public string? Ip { get; set; }

    /// <summary>How long a check may take, the wait for its turn included, 10 ms to 1 minute. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Default Accept.</summary>
    public UncheckedMail OnFailure { get; set; } = UncheckedMail.Accept;

    /// <summary>Actions at which mail is rejected, 1 to 10, upper and lower case alike. Default "reject" alone.</summary>
    [MinLength(1), MaxLength(10)]
    public List<string> RejectAt { get; set; } = ["reject"];

    /// <summary>Larger messages are not checked and taken, 1 KiB to 40 MiB. Default 40 MiB, which is every message.</summary>
    [Range(1_024, 40 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 40 * 1024 * 1024;

    /// <summary>Checks at a time, 1 to 1,000; eight times as many wait, others count as failed. Default 32.</summary>
    [Range(1, 1_000)]
    public int Parallel { get; set; } = 32;

    /// <summary>The share of messages that is checked, 0 to 1. Default 1.</summary>
    [Range(0d, 1d)]
    public double SampleRate { get; set; } = 1;

    /// <summary>Failures in a row after which the checker is left alone for <see cref="RestTime"/>, 1 to 1,000. Default 5.</summary>
    [Range(1, 1_000)]
    public int RestAfter { get; set; } = 5;

    /// <summary>1 second to 1 hour; then one message tries it. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RestTime { get; set; } = TimeSpan.FromSeconds(30);

    internal bool IsOn => !string.IsNullOrEmpty(Url);

    /// <summary>To be asked when it is on and without errors.</summary>
    internal Uri Address
    {
        get
        {
            var given = new Uri(Url!);
            return given.AbsolutePath == "/" ? new Uri(given, DefaultPath) : given;
        }
    }

    internal IEnumerable<string> Errors()
    {
        if (IsOn && (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0
            || uri.Fragment.Length > 0))
            yield return $"{Section}:Url is not of the form http://address:port or https://address:port, with or without a path.";
        if (!string.IsNullOrEmpty(Ip) && !IPAddress.TryParse(Ip, out _)) yield return $"{Section}:Ip: {Ip} is not an IP address.";
        foreach (var action in RejectAt.Where(a => a is not { Length: > 0 and <= ContentScore.MaxActionLength }))
            yield return $"{Section}:RejectAt: '{action}' is not 1 to {ContentScore.MaxActionLength} characters.";
    }
}
