"""The addresses of this domain."""

from django.urls import URLPattern, path

from emporion.billing import views

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("subscriptions/", views.subscriptions, name="subscriptions"),
    path("subscriptions/<uuid:subscription_id>/", views.subscription, name="subscription"),
    path("subscriptions/<uuid:subscription_id>/cancel/", views.cancel, name="cancel"),
    path("subscriptions/<uuid:subscription_id>/plan/", views.change_plan, name="change_plan"),
    path("subscriptions/charges/<uuid:charge_id>/pay/", views.pay_charge, name="pay_charge"),
    path("subscriptions/charges/<uuid:charge_id>/give-up/", views.give_up_change, name="give_up_change"),
    path("subscriptions/charges/<uuid:charge_id>/state/", views.charge_state, name="charge_state"),
    path("subscriptions/invoices/<uuid:invoice_id>/pay/", views.pay_invoice, name="pay_invoice"),
]
