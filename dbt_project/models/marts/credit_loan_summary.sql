with

loans as (

    select * from {{ ref('int_credit_loan') }}

),

candidates as (

    select * from {{ ref('financing_support_candidates') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

epidemic_loans as (

    select
        loans.city_code,
        {{ month_start('loans.granted_on') }} as month,
        loans.amount_yuan,
        loans.is_credit_loan,
        loans.is_risk_compensated,
        candidates.subject_id is not null as is_candidate_loan
    from loans
    cross join parameters
    left join candidates
        on loans.subject_id = candidates.subject_id
    where
        loans.disposition = 'used'
        and not {{ outside_epidemic_period('loans.granted_on') }}

),

summed as (

    select
        city_code,
        month,
        count(*) as loans,
        {{ amount_sum('amount_yuan') }} as amount_yuan,
        count(*) filter (where is_credit_loan) as credit_loans,
        {{ amount_sum(
            "case when is_credit_loan then amount_yuan else cast(0 as decimal(18, 2)) end"
        ) }} as credit_loan_amount_yuan,
        count(*) filter (where is_risk_compensated) as compensated_loans,
        count(*) filter (where is_candidate_loan) as candidate_loans
    from epidemic_loans
    group by city_code, month

),

final as (

    select
        city_code,
        month,
        loans,
        amount_yuan,
        credit_loans,
        credit_loan_amount_yuan,
        {{ exact_share('credit_loan_amount_yuan', 'amount_yuan') }}
            as credit_loan_share,
        compensated_loans,
        candidate_loans
    from summed

)

select * from final
