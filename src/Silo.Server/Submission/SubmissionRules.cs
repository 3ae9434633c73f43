using System.Net;
using Silo.Server.Access;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Smtp.Server;
using Silo.Storage;

namespace Silo.Server.Submission;

/// <summary>Who may submit, and what is made of it: what the rules of all connections have together.</summary>
internal sealed partial class SubmissionRules(
    AccessKeys keys, IMessageIntake intake, ISiloStore store, SubmissionOptions options, string region, LoginLimits logins,
    KeyConnections connections, SubmissionMetrics metrics, TimeProvider time, ILogger<SubmissionRules> logger)
{
    private readonly IPNetwork[] _trusted = [.. options.TrustedNetworks.Select(n => IPNetwork.Parse(n))];

    public bool AcceptsWrites => store.AcceptsWrites;

    public bool IsTrusted(IPAddress address) => _trusted.Any(n => n.Contains(address));

    /// <summary>
    /// The key, or the reply that says why there is none. A key that was given is to be given back with <see cref="LoggedOut"/>.
    /// </summary>
    public async ValueTask<(AccessKey? Key, SmtpServerReply? Refusal)> Login(
        SmtpPeer peer, SmtpCredentials credentials, CancellationToken cancellationToken)
    {
        if (!logins.MayTry(peer.Network))
        {
            metrics.Refused("too_many_logins");
            return (null, SubmissionReplies.NoLoginNow);
        }

        try
        {
            var key = await keys.Find(credentials.User, cancellationToken);
            if (SmtpPasswords.IsOf(key, credentials.Password, region))
            {
                return key!.Kind != CredentialKind.Tenant || connections.TryTake(key.Id)
                    ? (key, null)
                    : (null, Refuse("too_many_connections_of_key", SubmissionReplies.TooManyOfKey));
            }
        }
        catch (StorageException)
        {
            metrics.Refused("login_unavailable");
            return (null, SubmissionReplies.NoLoginNow);
        }

        metrics.Refused("wrong_credentials");
        var delay = logins.Failed(peer.Network);
        if (!logins.MayTry(peer.Network)) LogLoginsRefused(peer.Address);
        await Task.Delay(delay, time, cancellationToken);
        return (null, SubmissionReplies.WrongCredentials);
    }

    public void LoggedOut(AccessKey key)
    {
        if (key.Kind == CredentialKind.Tenant) connections.Give(key.Id);
    }

    /// <summary>The key as it stands now; null when it does not let in any more. One that cannot be looked up holds for now.</summary>
    public async ValueTask<AccessKey?> Renew(AccessKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.Find(key.Id, cancellationToken) is { IsEnabled: true } now ? now : null;
        }
        catch (StorageException)
        {
            return key;
        }
    }

    public async ValueTask<SmtpServerReply> Submit(
        SmtpPeer peer, AccessKey? key, SmtpServerMessage message, CancellationToken cancellationToken)
    {
        var address = peer.Address.ToString();
        var reply = await intake.Send(
            new SendRequest
            {
                To = message.Recipients, Content = new RawContent(message.Content),
                Smtp = new SmtpEnvelope(message.Sender, MustNameTenant: key is null),
                Origin = new SendOrigin(address, key?.Id), Caller = key is null ? null : new Caller(key, address),
            },
            cancellationToken);
        if (reply.MessageId is not null) metrics.Accepted();
        else Refuse(reply);
        return SubmissionReplies.Of(reply, store.AcceptsWrites);
    }

    public SmtpServerReply Refuse(string reason, SmtpServerReply reply)
    {
        metrics.Refused(reason);
        return reply;
    }

    private void Refuse(SendReply reply)
    {
        metrics.Refused(reply.Refusal switch
        {
            SendRefusal.BadRequest => "bad_message",
            SendRefusal.NotFound => "not_found",
            SendRefusal.AccessDenied => "access_denied",
            SendRefusal.MessageRejected => "message_rejected",
            SendRefusal.SendingPaused => "sending_paused",
            SendRefusal.TooManyRequests => "too_many_requests",
            SendRefusal.QuotaExceeded => "quota_exceeded",
            SendRefusal.Unavailable => "unavailable",
            SendRefusal.MailFromNotVerified => "mail_from_not_verified",
            SendRefusal.Conflict => "conflict",
            _ => throw new InvalidOperationException($"{reply.Refusal} is not a refusal."),
        });
        LogRefused(reply.Refusal, reply.Message);
    }

    [LoggerMessage(4216, LogLevel.Warning, "Logins by SMTP from {Address} are not looked at for a while: too many failed")]
    private partial void LogLoginsRefused(IPAddress address);

    // The sentence may name addresses.
    [LoggerMessage(4218, LogLevel.Debug, "A message by SMTP was refused ({Refusal}): {Message}")]
    private partial void LogRefused(SendRefusal refusal, string? message);
}
