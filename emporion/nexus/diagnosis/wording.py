"""How a diagnosis speaks: a sentence for each cause, observation and suggestion. The rules know only their codes."""

from django.utils.translation import gettext_lazy as _

from emporion.nexus.diagnosis.types import CauseKind, Verb, Verdict

VERDICTS = {
    Verdict.THEIRS: _("Theirs, not yours"),
    Verdict.OURS: _("Yours to fix"),
    Verdict.UNCLEAR: _("Not clear whose"),
}
# `subject` is the model, region, deploy or provider, `api` the registered API.
CAUSES = {
    CauseKind.PROVIDER_DOWN: _("Outage at %(api)s"),
    CauseKind.PROVIDER_SLOW: _("%(api)s answers slowly"),
    CauseKind.CUT_SHORT: _("%(api)s breaks off in the middle of answers"),
    CauseKind.EMPTY_ANSWERS: _("%(api)s answers 200 with nothing in it"),
    CauseKind.ONE_MODEL: _("Only the model %(subject)s fails"),
    CauseKind.ONE_REGION: _("Only the region %(subject)s fails"),
    CauseKind.THROTTLED: _("Your rate limit at %(api)s"),
    CauseKind.QUOTA_EXHAUSTED: _("Your quota at %(api)s is used up"),
    CauseKind.KEY_REFUSED: _("%(api)s refuses your key"),
    CauseKind.OUR_DEPLOY: _("Deploy %(subject)s"),
    CauseKind.OUR_NETWORK: _("Your network, name resolution or certificates"),
    CauseKind.OUR_LIMITS: _("A budget or limit of your own"),
    CauseKind.OUR_ROUTE: _("A route that was changed"),
}
DEPLOY_UNKNOWN = _("A change in what you send")
# One sentence for each code of `observing`; `%(at)s` is a time of day, `%(share)s` and rates are percents.
EVIDENCE = {
    "errors_down": _("%(share)s%% of the errors are the provider's own (5xx, overloaded), which your requests do not cause"),
    "errors_timeout": _("%(share)s%% of the errors are calls that got no answer in time"),
    "errors_unreachable": _("%(share)s%% of the errors are connections that could not be made"),
    "errors_cut_short": _("%(count)s answers began and broke off in the middle"),
    "errors_empty": _("%(count)s answers came as 200 with nothing in them"),
    "errors_throttled": _("%(share)s%% of the errors are 429 that waiting cures"),
    "errors_quota": _("%(share)s%% of the errors say that quota or credit is used up, which waiting does not cure"),
    "errors_key": _("%(share)s%% of the errors are 401 or 403: the key is refused"),
    "errors_refused": _("%(share)s%% of what changed are requests that are refused as wrong (4xx)"),
    "errors_own_limits": _("%(count)s calls were refused by your own budget or limit before they were made"),
    "provider_says": _("The status page of %(name)s reports “%(title)s” since %(at)s"),
    "provider_silent": _("The provider's status page says that all is well, which it often does for the first half hour"),
    "fails_everywhere": _("All %(models)s models and %(features)s features fail, from the same minute (%(at)s)"),
    "others_work": _("Everything but %(name)s works: %(rest)s%% errors elsewhere"),
    "only_model": _("%(name)s fails in %(rate)s%% of its calls, the other models in %(rest)s%%"),
    "only_region": _("%(name)s fails in %(rate)s%% of its calls, the other regions in %(rest)s%%"),
    "clearer_region": _("The region %(name)s explains it better: %(rate)s%% against %(rest)s%% elsewhere"),
    "clearer_model": _("The model %(name)s explains it better: %(rate)s%% against %(rest)s%% elsewhere"),
    "only_feature": _("Only %(name)s fails, in %(rate)s%% of its calls; your other features in %(rest)s%%"),
    "other_features_work": _("Your other features reach the same API with %(rest)s%% errors; only %(name)s fails"),
    "also_elsewhere": _("%(count)s features fail, also where nothing was deployed"),
    "others_fine": _("%(name)s answers well in the same minutes, so your network works"),
    "others_fail": _("%(name)s cannot be reached in the same minutes either, and has nothing to do with this provider"),
    "no_others": _("No other API was called in the same minutes to compare with"),
    "same_provider_fails": _("%(name)s is of the same provider and fails, too"),
    "check_fails": _("Your check “%(name)s” asks the API by itself and fails, too"),
    "check_works": _("Your check “%(name)s” passes in the same minutes"),
    "slower": _("Good answers take up to %(now)s s (p95), before %(before)s s"),
    "first_token_slower": _("The first token takes up to %(now)s s (p95), before %(before)s s"),
    "slow_timeouts": _("%(count)s answers did not come in time at all"),
    "limit_used": _("%(share)s%% of your limit at the provider is in use"),
    "limit_free": _("Only %(share)s%% of your limit at the provider is in use"),
    "more_calls": _("You call %(factor)s times as often as before"),
    "code_says": _("%(name)s says so itself: %(code)s"),
    "nothing_gets_through": _("Hardly a call succeeds since %(at)s"),
    "some_get_through": _("%(share)s%% of the calls succeed in the same minutes"),
    "deploy_before": _("%(name)s was put out at %(at)s, %(minutes)s min before it began"),
    "deploy_is_far": _("It began %(minutes)s min after %(name)s"),
    "route_before": _("Changed at %(at)s: %(name)s"),
}
# Title, button, hint of each thing that can be done.
SUGGESTIONS = {
    Verb.DIVERT: (
        _("Send calls to %(to)s"),
        _("Route to %(to)s"),
        _("Takes effect in about 5 seconds. Undo it at any time under Gateway, Routes."),
    ),
    Verb.SHED: (
        _("Refuse %(percent)s%% of the calls at once"),
        _("Shed %(percent)s%%"),
        _("The others get through sooner. Those that are refused hear why."),
    ),
    Verb.SLOW: (
        _("Let %(per_minute)s calls a minute through"),
        _("Slow down"),
        _("The others wait up to ten seconds instead of being refused."),
    ),
    Verb.ROTATE_KEY: (_("Give %(api)s a new key"), _("Change the key"), _("The key is tried before it is kept.")),
    Verb.RAISE_QUOTA: (
        _("Raise your limit at %(api)s"),
        _("Open the API"),
        _("Done in the provider's console: add credit, or ask for a higher limit."),
    ),
    Verb.RAISE_BUDGET: (_("Raise your own budget or limit"), _("Open budgets"), _("Calls go through again at once.")),
    Verb.ROLL_BACK: (_("Roll %(subject)s back"), _("Open deploys"), _("Done where you deploy.")),
    Verb.WITHDRAW_ROUTE: (_("Take the route back"), _("Open routes"), _("Takes effect in about 5 seconds.")),
    Verb.CHECK_NETWORK: (
        _("Check name resolution, firewall and certificates of this machine"),
        _("Open checks"),
        _("The check of each API says how far a connection gets."),
    ),
    Verb.ASK_PROVIDER: (
        _("Tell the provider, with the ids of failed calls"),
        _("Open failed calls"),
        _("Providers find a request by its id; it stands in the details of each call."),
    ),
}
UNKNOWN_TIME = _("it began")
