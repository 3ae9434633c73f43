using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Delivery.Ses;

/// <summary>The account of Amazon SES (or of another server with its v2 API) that takes all mail.</summary>
public sealed class SesOptions
{
    public const string Section = "Silo:Transport:Ses";

    /// <summary>
    /// As "eu-west-1". Default null: the profile's, else AWS_REGION, AWS_DEFAULT_REGION, or the default profile's.
    /// </summary>
    [RegularExpression("^[a-z0-9-]{1,64}$")]
    public string? Region { get; set; }

    /// <summary>
    /// https://host[:port] of a VPC endpoint or another server; http only to this machine. Default null: the public endpoint of the
    /// region.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// Default null: the profile's credentials, else those of the AWS SDK's chain (environment, profile files, web identity, container,
    /// instance).
    /// </summary>
    public string? AccessKeyId { get; set; }

    /// <summary>Needed with <see cref="AccessKeyId"/>.</summary>
    public string? SecretAccessKey { get; set; }

    /// <summary>Of temporary credentials. Default null.</summary>
    public string? SessionToken { get; set; }

    /// <summary>A profile of the AWS configuration files. Default null: what the chain finds.</summary>
    public string? Profile { get; set; }

    /// <summary>The credentials file in which <see cref="Profile"/> stands. Default null: the AWS SDK's usual ones.</summary>
    public string? ProfilesFile { get; set; }

    /// <summary>
    /// The tenant's name goes along as TenantName, so that it must exist there with its resources. Default true. Mail of the account
    /// without a tenant never names one.
    /// </summary>
    public bool PassTenantName { get; set; } = true;

    /// <summary>Put before each tenant's name there: 0 to 40 of A-Z a-z 0-9 - _. Default none.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{0,40}$")]
    public string TenantPrefix { get; set; } = "";

    /// <summary>The configuration set's name goes along where <see cref="ConfigurationSets"/> does not name it. Default true.</summary>
    public bool PassConfigurationSetName { get; set; } = true;

    /// <summary>Configuration sets by their names here: their names there, empty for none. Default empty.</summary>
    public Dictionary<string, string> ConfigurationSets { get; set; } = [];

    /// <summary>The message's tags go along. Default true.</summary>
    public bool PassTags { get; set; } = true;

    /// <summary>The tag that carries the message id of here: 1 to 256 of A-Z a-z 0-9 _ -, or empty for none. Default silo-message-id.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{0,256}$")]
    public string MessageIdTag { get; set; } = "silo-message-id";

    /// <summary>
    /// An envelope sender that is not the author goes along as FeedbackForwardingEmailAddress; it must be verified there. Default true.
    /// </summary>
    public bool PassFeedbackAddress { get; set; } = true;

    /// <summary>Calls at once, 1 to 10,000. More hand-overs wait, outside the gate. Default 50.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 50;

    /// <summary>How long a connection may take, with TLS, 1 second to 10 minutes. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a call may take, 1 second to 1 hour. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an unused connection stays open, 1 second to 1 hour. Default 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes of an answer that are read, 1 KiB to 16 MiB; what is longer is cut off. Default 64 KiB.</summary>
    [Range(1024, 16 << 20)]
    public int MaxResponseBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Messages a second at most, from this process: 0.1 to 1,000,000. Default null: what GetAccount says. Several processes on one
    /// account find their shares by themselves.
    /// </summary>
    [Range(0.1, 1_000_000.0)]
    public double? MaxSendRate { get; set; }

    /// <summary>The longest that a hand-over waits for its turn at that rate, 0.1 second to 1 minute. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan MaxPaceWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the account's limits are asked for, 5 seconds to 1 hour, a quarter more or less by chance. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan AccountInterval { get; set; } = TimeSpan.FromMinutes(1);
}
